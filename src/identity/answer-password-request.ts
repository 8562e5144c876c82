/** What is rung for when somebody has forgotten a password. */
export const ANSWER_PASSWORD_REQUEST = 'answer-password-request';
